"""The containers as they run: ready, without rights, on a root file system that nobody writes to."""

import httpx
import psycopg
import pytest

from services.operations.deployment import SERVICES
from tests.compose.conftest import SERVERS, Compose


def test_every_server_is_ready(server_url: str, http: httpx.Client) -> None:
    assert http.get(f"{server_url}/health/ready").status_code == 200


@pytest.mark.parametrize("service", SERVERS)
def test_a_container_has_no_rights(compose: Compose, service: str) -> None:
    status = compose("exec", "--no-TTY", service, "cat", "/proc/1/status")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["Uid"].split() == ["10001"] * 4
    assert int(fields["CapEff"], 16) == 0
    assert int(fields["CapBnd"], 16) == 0
    assert fields["NoNewPrivs"].strip() == "1"


@pytest.mark.parametrize("service", SERVERS)
def test_a_container_cannot_change_its_own_code(compose: Compose, service: str) -> None:
    assert compose.inspect(service)["HostConfig"]["ReadonlyRootfs"] is True


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_logs_in_as_its_own_role_and_reads_no_other_schema(compose: Compose, service: str) -> None:
    configured = dict(line.split("=", 1) for line in compose.inspect(service)["Config"]["Env"])
    url = configured["DATABASE_URL"].replace("@postgres:5432", f"@127.0.0.1:{compose.postgres_port}")
    other = SERVICES[SERVICES.index(service) - 1]
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"SELECT count(*) FROM {other}.events".encode())


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_publish_to_its_own_exchange_and_read_its_own_queues_only(compose: Compose, service: str) -> None:
    listed = compose("exec", "--no-TTY", "rabbitmq", "rabbitmqctl", "--quiet", "list_user_permissions", service)
    assert listed.splitlines()[1:] == [f"/\t^$\t^{service}\\.events$\t^{service}\\."]


def test_the_image_has_what_statements_are_printed_with(compose: Compose) -> None:
    code = "from services.repayment.statements.rendering import pdf_of; print(pdf_of('<p>贷款 100.00</p>')[:8])"
    assert "%PDF-1.7" in compose("exec", "--no-TTY", "repayment", "python", "-c", code)
