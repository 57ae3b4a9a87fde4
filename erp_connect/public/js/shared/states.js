// From the script of every page, document/states.js: there once, not again in each screen's bundle.

export const { compares, difference_colour, number_found, pull_runs, pull_status } = erp_connect.states;
