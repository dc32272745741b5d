"""What AWS asks for, in US dollars: on-demand list prices of us-east-1, and what time takes there.

AWS changes prices, and a region has its own: check https://aws.amazon.com/pricing, and edit here.
"""

from typing import Final

AS_OF: Final = "June 2025"

HTTP_API_REQUEST: Final = 1.00e-6
HTTP_API_METERED_BYTES: Final = 512 * 1024
"""A request with more than this, there or back, counts as several."""

LAMBDA_REQUEST: Final = 0.20e-6
LAMBDA_GB_SECOND: Final = {"x86_64": 16.6667e-6, "arm64": 13.3334e-6}

DYNAMODB_READ_UNIT: Final = 0.125e-6
DYNAMODB_WRITE_UNIT: Final = 0.625e-6

SQS_REQUEST: Final = 0.40e-6
SQS_METERED_BYTES: Final = 64 * 1024

LOG_BYTE: Final = 0.50e-9

TRACE: Final = 5.00e-6
TRACED: Final = 0.06
"""X-Ray's share of requests: one a second and 5 % of the others, at a hundred requests a second."""

# A month, however little is executed.
SECRET: Final = 0.40
METRIC: Final = 0.30
ALARM: Final = 0.10
DASHBOARD: Final = 3.00
SNAPSHOT_GB_SECOND: Final = 1.5046e-6
MONTH_S: Final = 30 * 86_400
POLLS_A_SECOND: Final = 5 / 20
"""Lambda looks into an empty queue five at a time, for 20 s each."""

# What cannot be counted here: how long AWS takes to answer a Lambda that waits for it, in seconds.
WAITS_S: Final = {"dynamodb": 0.004, "sqs": 0.008, "lambda": 0.008, "callback": 0.1}
WHOLE_PROCESSOR_MB: Final = 1_769
"""Memory that comes with one whole processor; less comes with its share of one."""

# What one partition of DynamoDB takes in a second.
PARTITION_READS: Final = 3_000
PARTITION_WRITES: Final = 1_000
