"""For all unit tests."""

from hypothesis import HealthCheck, settings

# A busy machine is no fault of what is tested.
settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", settings.get_profile("unit"), max_examples=10)
settings.load_profile("unit")
