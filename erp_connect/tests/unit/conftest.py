"""Settings of hypothesis: how long an example takes on a busy machine is nothing to fail for."""

from hypothesis import HealthCheck, settings

settings.register_profile("erp_connect", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("erp_connect")
