"""The model of a call, for the OpenAPI document."""

from pydantic import BaseModel, ConfigDict

from isolambda_api.functions.schemas import Callflow
from isolambda_api.http.openapi import Bodies


class Call(BaseModel):
    """A call as a switch sends it (K: applications/pivot/doc/requests.md); all keys are text."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"Call-ID": "1@pbx", "From": "5551234", "To": "100", "Digits": "2"}]
        },
    )


BODIES = {
    "answer_call_in_query": Bodies(Callflow),
    "answer_call": Bodies(Callflow, Call, required=False),
}
"""By the name of the route."""
