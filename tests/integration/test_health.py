"""What the running service says of itself."""

from tests.support.servers import Server


def test_health_and_the_log_say_that_the_kernel_confines_user_code(server: Server) -> None:
    with server.client() as client:
        health = client.get("/healthz").json()

    assert health["status"] == "ok"
    assert health["confined"] is True
    held = ", ".join(health["confinement"])
    assert held.startswith("system_calls")
    assert f"confined by the kernel: True ({held})" in server.end()
