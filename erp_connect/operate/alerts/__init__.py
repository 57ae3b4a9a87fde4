"""People are told what is wrong with an account: looked for each minute, told once, and again when it is over."""
