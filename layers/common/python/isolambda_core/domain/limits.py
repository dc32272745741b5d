"""Every limit of the platform, in one place; a test holds infra/docs/limits.md to this module."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB

SOURCE_BYTES = MIB
"""Longest source of a function, with its files, in UTF-8 bytes."""

COMPILED_BYTES = 2 * MIB
"""Longest text that the modules of a function are compiled to, in UTF-8 bytes."""

FILES = 200
"""Files of a function beside ``function_js``."""

FILE_NAME_CHARACTERS = 128
"""Longest name of such a file, with its folders."""

NET_PATTERNS = 50
"""Host patterns in the ``net`` of a function, an account or the installation."""

HOST_PATTERN_CHARACTERS = 261
"""Longest host pattern: ``*.``, a name of 253, and a port."""

SECRET_KEYS = 1_024
"""Data keys of secrets under a key of KMS that a process remembers."""

SECRET_KEY_S = 300
"""How long it does, and so how long a key of KMS that was disabled still opens values."""

HTTP_HOSTS = 50
"""Hosts of an account, or patterns of them, that its triggers of type ``http`` may name."""

HTTP_HOST_CHARACTERS = 253
"""Longest host of a trigger."""

FUNCTION_SECRETS = 20
"""Secrets that a function gets."""

FUNCTION_NAMESPACES = 10
"""Namespaces of the key-value store that a function gets."""

DOCUMENT_BYTES = 64 * KIB
"""Largest function document without its source, as JSON; keeps an item under DynamoDB's 400 KB."""

DOCUMENT_KEYS = 10_000
"""Most keys of a document; as many take more than the bytes above."""

DOCUMENT_DEPTH = 32
"""Deepest nesting of a function document."""

SCHEMA_BYTES = 64 * KIB
"""Longest schema, as JSON; one in a document counts among the bytes of that, too."""

SCHEMA_DEPTH = 32
"""Deepest nesting of a schema, and of its subschemas with those it refers to in place."""

SCHEMA_NODES = 500
"""Subschemas of a schema, with those it refers to in place, and more for each ``unevaluated…``."""

SCHEMA_PATTERN_CHARACTERS = 500
"""Longest ``pattern`` in a schema, and longest name in its ``patternProperties``."""

SCHEMA_WORK = 32 * MIB
"""Bytes of a value times what its schema checks of one of them; see ``domain.schemas.work``."""

SCHEMA_PATTERN_BYTES = 64 * KIB
"""Largest pattern as it is compiled; the time of a check grows with it."""

SCHEMAS_KEPT = 256
"""Schemas that a process keeps compiled."""

SCHEMAS_KEPT_BYTES = 64 * MIB
"""About how many bytes those may take together."""

NAME_CHARACTERS = 128
"""Longest name of a function."""

ACCOUNT_DEPTH = 8
"""Levels of accounts below each other."""

VERSION_DESCRIPTION_CHARACTERS = 1_000
"""Longest description of a version or an alias."""

ALIASES = 50
"""Aliases of a function."""

ALIAS_MOVES = 100
"""Moves that an alias remembers."""

FORCED_REASON_CHARACTERS = 1_024
"""Longest reason for a move of an alias against its contract."""

FORCED_REASONS = 20
"""Such reasons that an alias remembers, the latest."""

SAVED_CALLS = 200
"""Saved calls of a function."""

SAVED_CALL_BYTES = 64 * KIB
"""Longest saved call, its input and what is expected, as JSON in ASCII."""

SAVED_CALL_DEPTH = 100
"""Deepest nesting of its input, and of what is expected."""

SAVED_CALLS_AT_ONCE = 4
"""Saved calls of one request that are executed at a time."""

SAVED_CALL_WALL_TIME_MS = 5_000
"""Longest time that a saved call may take; ``limits`` of the function may say less."""

SAVED_CALLS_S = 15
"""How long after the first one the last saved call of a request begins; seconds."""

SHADOW_S = 20
"""On AWS, how long after the first execution for a shadow the last one begins; seconds."""

SHADOW_WAITS_S = 60
"""On AWS, how long an execution waits for a shadow to repeat it; seconds."""

SHADOWS_WAITING = 64
"""Executions that wait in a process of one machine for a shadow to repeat them."""

SHADOWS_OF_ALIAS_WAITING = 8
"""… those of one alias among them."""

SHADOWS_WAITING_BYTES = 32 * MIB
"""… and what all of them hold together."""

SHADOW_EXECUTIONS = 20
"""Executions that differ of which the report of a shadow tells, the latest."""

SHADOW_DIFFERENCES = 3
"""Differences of each of them that it lists."""

SHADOW_NOISE = 50
"""Paths that it lists because they differ by themselves, and as many arrays and objects."""

SAVED_CALL_SHOWN_CHARACTERS = 1_000
"""Longest JSON of an expected value, and of one that came instead, in a report."""

SHOWN_DEPTH = 100
"""Deepest nesting of a value that a report shows."""

REPLAYS_AT_ONCE = 4
"""Recorded executions of one request that are replayed at a time."""

REPLAYS_S = 15
"""How long after the first one the last execution of a request for a replay begins; seconds."""

REPLAY_WALL_TIME_MS = 5_000
"""Longest time that such an execution may take; ``limits`` of the function may say less."""

REPLAY_SAMPLE = 50
"""Recorded executions that one request replays, when the client names no number."""

REPLAY_SAMPLE_MAX = 200
"""Most of them."""

REPLAY_COMPARED_BYTES = MIB
"""Longest result of which a replay compares the parts, as JSON; a longer one is compared whole."""

REPLAY_DIFFERENCES_EXAMINED = 10_000
"""Places where two executions differ that a replay looks at."""

REPLAY_DIFFERENCES = 10
"""Differences of one execution that a report shows, and as many of its requests."""

REPLAY_PATH_CHARACTERS = 300
"""Longest path of a difference; a longer one is cut."""

REPLAY_VALUE_CHARACTERS = 200
"""Longest JSON of a value that differs, old or new, in a report."""

REPLAY_NOISE = 500
"""Paths that a report lists because they differ by themselves."""

REPLAY_WARM_UP = 8
"""Executions of a replay that come first, and say nothing of time and memory."""

REPLAY_MEASURED = 8
"""How many more it takes to find that one version takes more than the other."""

CONTRACT_FAILURES = 50
"""Saved calls that a refused move of an alias lists."""

SCHEMA_BREAKS = 50
"""Differences of two schemas that it lists."""

AFFINITY_CHARACTERS = 256
"""Characters of an affinity key that count."""

API_KEYS = 50
"""Valid API keys of an account at a time."""

API_KEY_NAME_CHARACTERS = 128
"""Longest name of an API key."""

API_KEY_GRACE_S = 24 * 3_600
"""How long an account's old key stays valid after a change; seconds."""

SECRETS = 50
"""Secrets of an account itself, and of a function."""

SECRET_CHARACTERS_MIN = 8
"""Shortest value of a secret: a shorter one would be masked where its letters stand by chance."""

SECRET_BYTES = 4 * KIB
"""Longest value of a secret, in UTF-8 bytes."""

SECRET_HOSTS = 20
"""Host patterns of a secret."""

SECRET_OVERLAP_S = 24 * 3_600
"""How long the value before is masked after a rotation, at most and by default; seconds."""

TOKEN_S = 3_600
"""How long a token is valid, in seconds (Kx: doc/api_authentication.md)."""

RATE_LIMIT_LEASE_TOKENS = 10
"""Tokens that an environment on AWS takes from a bucket at a time, for several requests."""

RATE_LIMIT_LEASE_MS = 5_000
"""How long it keeps them; what is left after that is lost to the client."""

RATE_LIMIT_LEASES = 1_000
"""Buckets of which an environment keeps tokens."""

BUDGET_MAX = 10**15
"""Largest number in the budget of an account."""

BUDGET_SHARE_EXECUTIONS = 20
"""Executions of a budget that a process takes at a time, at most."""

BUDGET_SHARE_CPU_MS = 2_000
"""Processor time of a budget that it takes at a time, at most; milliseconds."""

BUDGET_SHARE_FETCH_BYTES = 2 * MIB
"""Bytes of fetches of a budget that it takes at a time, at most."""

BUDGET_IDLE_S = 60
"""How long a process keeps what it took of a budget and does not use; seconds."""

BUDGET_KNOWN_S = 10
"""How long it goes by what it knows of budgets of accounts above, and of stored bytes; seconds."""

BUDGET_ACCOUNTS = 10_000
"""Accounts of which a process knows the budgets."""

BUDGET_RETRY_S = 300
"""How long a queued execution at most waits before it is tried again, where a budget is used up."""

CATALOG_ACCOUNTS = 32
"""Accounts of which an environment on AWS keeps keys, functions, versions and aliases."""

CATALOG_ITEMS = 64
"""Items that it keeps of one account."""

CATALOG_CHARACTERS = MIB
"""Characters of all items that it keeps of one account."""

CATALOG_S = 60
"""How long it keeps an item until it reads it again, also where nothing changed."""

COMPILE_MS = 2_000
"""Longest time to compile the source of a function when it is written."""

COMPILE_MODULES_MS = 10_000
"""Longest time to compile modules, which are not executed otherwise."""

COMPILE_MODULES_MB = 512
"""Memory to compile modules, which takes more than most executions."""

CUSTOM_KEYS_EXAMINED = 100
"""Custom keys of a document that are compared with known keys."""

KEY_WARNINGS = 10
"""Warnings about custom keys in one answer."""

CALLFLOW_NODES = 1_000
"""Nodes of a callflow."""

CALLFLOW_DEPTH = 50
"""Nodes of a callflow below each other."""

CALL_WALL_TIME_MS = 2_000
"""Longest time that a function may take to answer a call; Kazoo waits 5 s, cold starts included."""

CALL_TIMEOUT_S = 3.0
"""How long a call waits for the executor before it is answered with the fallback."""

DISABLE_AFTER_FAILURES = 6
"""Failures of one version, within the time below, that disable it."""

DISABLE_WITHIN_S = 60
"""Time for the failures above; seconds (K: applications/webhooks/doc/disabler.md)."""

DISABLE_EXAMINED = 200
"""The latest records in which the failures above are counted."""

BREAKER_S = 30
"""How long a version that kept failing stays disabled before the next try; seconds."""

BREAKER_S_MAX = 64 * 60
"""The maximum of that time, which doubles each time the version fails again; seconds."""

BREAKERS_MAX = 20
"""Versions of a function that can be disabled at a time because they keep failing."""

RECORD_S = 7 * 24 * 3_600
"""How long the store keeps the record of an execution, with its input and its result."""

DAILY_COUNTS_DAYS = 90
"""Days for which the store keeps how much a function executed on a day."""

DAILY_COUNTS_RANGE_DAYS = 31
"""Days of such counts that one request asks for."""

DAILY_COUNTS_FLUSH_S = 10
"""How long a process counts in memory before it adds to what is stored; seconds."""

DAILY_COUNTS_ROWS = 25
"""Functions that it counts in memory in Lambda before it adds sooner."""

DAILY_COUNTS_LOCAL_ROWS = 1_024
"""The same on one machine."""

RECORD_TEXT_CHARACTERS = KIB
"""Longest name, message and stack of an error in a list of records."""

ATTEMPTS = 3
"""Attempts of an asynchronous execution, unless its function sets another number."""

ATTEMPTS_MAX = 10
"""Most attempts of an asynchronous execution."""

RETRY_AFTER_S = 1
"""How long the second attempt waits; each further one waits twice as long as the one before."""

RETRY_AFTER_S_MAX = 900
"""The longest time between two attempts."""

QUEUED_S = 6 * 3_600
"""How long an execution waits for an executor before it fails."""

IDEMPOTENCY_S = 24 * 3_600
"""How long an idempotency key stands for the execution that it was first used for."""

IDEMPOTENCY_KEY_CHARACTERS = 255
"""Longest idempotency key."""

IDEMPOTENCY_WAITS = 32
"""Requests of a tenant that wait for an idempotency key at a time, in one process."""

LOG_ENTRIES = 20
"""Ended attempts in one answer of an account's logs, when the client names no number."""

LOG_ENTRIES_MAX = 100
"""Most of them."""

LOG_WAIT_S = 20
"""How long a request for logs may wait for the next one."""

LOG_WAITS = 16
"""Requests of a tenant that wait for logs at a time, on one machine or in an environment on AWS."""

LOG_WAITS_IN_ALL = 160
"""Those of all tenants; fewer than may wait for a thread, for each looks into the store again."""

CALLBACK_URL_CHARACTERS = 2_000
"""Longest URL of a callback."""

CALLBACK_ATTEMPTS = 5
"""How often a callback is attempted."""

CALLBACK_RETRY_AFTER_S = 2
"""How long the second attempt of a callback waits; each further one waits five times as long."""

CALLBACK_S = 10
"""How long a callback may take."""

ANSWER_HEAD_BYTES = 64 * KIB
"""Longest head of an answer to a callback or to ``fetch``, and of a request of ``fetch``."""

ANSWER_HEADERS = 256
"""Headers of such an answer, or of such a request."""

ANSWER_PIECES = 10_000
"""Pieces in which such an answer comes, of which more have to be as long as below."""

ANSWER_PIECE_BYTES_MIN = 256
"""Length of more pieces than that, on average."""

CALLBACKS_AT_ONCE = 8
"""Callbacks that one machine sends at a time."""

CALLBACKS_OF_TENANT = 4
"""Callbacks of a tenant that one machine sends at a time."""

CALLBACK_RESULT_BYTES = 256 * KIB
"""Longest result that a callback carries."""

TRIGGERS = 20
"""Triggers of a function."""

TRIGGER_FAILURES = 10
"""Executions of one trigger that failed in a row, which disable it."""

TRIGGER_AGE_S_MIN = 60
"""Shortest ``maximum_age_s`` of a trigger."""

TRIGGER_AGE_S_MAX = 24 * 3_600
"""Longest ``maximum_age_s`` of a trigger."""

BATCH_SIZE = 10
"""Messages or records of a batch, unless the trigger sets another number."""

BATCH_SIZE_MAX = 100
"""Messages or records that a batch may have."""

NEXT_RUNS = 5
"""Next runs of a schedule that the API shows."""

SCHEDULE_CHARACTERS = 256
"""Longest expression of a schedule, as EventBridge Scheduler has it."""

TIMEZONE_CHARACTERS = 50
"""Longest name of a schedule's time zone, as EventBridge Scheduler has it."""

FLEXIBLE_MINUTES_MAX = 1_440
"""Longest window within which a schedule may run, as EventBridge Scheduler has it."""

REPEAT_INTERVAL_MAX = 1_000
"""Longest interval of a schedule's ``repeat``."""

EVENTS = 100
"""Events, or messages, of one request."""

EVENT_BYTES = 256 * KIB
"""Largest event or message, as JSON in UTF-8."""

EVENT_ELEMENTS = 10_000
"""Members of all arrays of an event together."""

MATCHING_STEPS = 200_000
"""Steps of matching the events of one request with all triggers; about 0.3 s of a processor."""

PATTERN_CHARACTERS = 1_920
"""Longest event pattern, as JSON; EventBridge's 2 048 less room for what keeps accounts apart."""

PATTERN_COMBINATIONS = 1_000
"""Combinations of branches that every ``$or`` of an event pattern makes together."""

WEBHOOK_TOLERANCE_S = 300
"""How far the time that a delivery to a webhook was signed at may be from now, either way."""

WEBHOOK_SECRET_CHARACTERS_MIN = 8
"""Shortest secret of a webhook that its owner gives."""

WEBHOOK_SECRET_CHARACTERS = 256
"""Longest secret of a webhook that its owner gives."""

WEBHOOK_KEY_BYTES_MIN = 24
"""Shortest key of Standard Webhooks."""

WEBHOOK_KEY_BYTES = 64
"""Longest key of Standard Webhooks."""

WEBHOOK_ID_CHARACTERS = 256
"""Longest id of a message of Standard Webhooks."""

WEBHOOK_FORM_FIELDS = 1_000
"""Fields of a form that is delivered to a webhook of Twilio's."""

HTTP_BODY_BYTES = 3_900_000
"""Largest body of a request to an HTTP function; in base64 it fits into an input."""

HTTP_HEADERS = 100
"""Headers of the answer of an HTTP function."""

HTTP_HEAD_BYTES = 16 * KIB
"""Names and values of these headers together."""

JWT_CLAIM_CHARACTERS = 512
"""Longest issuer and audience that a trigger of type ``http`` names."""

JWT_CHARACTERS = 8 * KIB
"""Longest token that a request to such a function carries."""

JWT_SKEW_S = 60
"""How far the clock of an issuer may be off; seconds."""

JWKS_BYTES = 64 * KIB
"""Longest set of keys of an issuer."""

JWKS_KEYS = 50
"""Keys of it that are looked at."""

RECEIPT_CHARACTERS = 16 * KIB
"""Longest receipt that is verified; one has about 1 000."""

JWKS_S = 3_600
"""How long a set of keys is good until it is fetched again; seconds."""

JWKS_REFETCH_S = 60
"""How often it is fetched at the most, as for a key that it does not have; seconds."""

JWKS_FETCH_S = 5
"""How long that may take; seconds."""

JWKS_AT_ONCE = 8
"""Sets of keys that a process fetches at a time."""

JWKS_KEPT = 256
"""Sets of keys that a process remembers."""

CORS_ITEMS = 50
"""Origins, and headers, that the ``cors`` of such a trigger names."""

CORS_AGE_S = 86_400
"""Longest ``max_age`` in there."""

TENANT_FUNCTIONS = 1_000
"""Functions of a tenant: of the account at the top of a tree, and of all accounts below it."""

TENANT_ACCOUNTS = 100
"""Accounts below the account at the top."""

TENANT_TRIGGERS = 200
"""Triggers of a tenant."""

TENANT_EVENT_TRIGGERS = 50
"""Those of them that are of type ``event``; AWS has 300 rules for a bus."""

TENANT_BUCKET_TRIGGERS = 20
"""Those of them that are of type ``bucket``; AWS has 300 rules for its own bus, too."""

FUNCTION_VERSIONS = 100
"""Versions of a function; removed ones do not count."""

TENANT_IDEMPOTENCY_KEYS = 10_000
"""Idempotency keys of a tenant that are valid at a time."""

TENANT_APPROVALS = 1_000
"""Approvals of a tenant that have not expired, whatever was decided."""

AUDIT_ENTRIES = 10_000
"""Entries of the audit of an account; the oldest go for new ones."""

AUDIT_DAYS = 90
"""How long an entry of the audit is kept, where the operator does not say."""

AUDIT_DAYS_MAX = 3_650
"""The longest that an operator may say."""

AUDIT_ENTRY_BYTES = 16 * KIB
"""Longest entry of the audit, as JSON in ASCII; hashes stand for the longest values of others."""

AUDIT_DOCUMENT_BYTES = 7 * KIB
"""What is left in it for each of both documents, before and after a change."""

TENANT_WAITING_EXECUTIONS = 1_000
"""Asynchronous executions of a tenant that have not ended."""

TENANT_RECORD_BYTES = 1_000 * 1_000 * 1_000
"""Records of a tenant with inputs and results, as they are stored; bytes."""

TENANT_KV_ITEMS = 100_000
"""Values of a tenant in the key-value store; expired ones do not count."""

TENANT_KV_BYTES = 1_000 * 1_000 * 1_000
"""Bytes of them with their keys, each counted in whole KiB."""

KV_NAMESPACES = 100
"""Namespaces of an account in the key-value store."""

KV_NAMESPACE_CHARACTERS = 64
"""Longest name of a namespace."""

KV_KEY_BYTES = 512
"""Longest key of a value, in UTF-8 bytes."""

KV_VALUE_BYTES = 64 * KIB
"""Largest value, as JSON in UTF-8."""

KV_VALUE_DEPTH = 100
"""Deepest nesting of a value."""

KV_TTL_S_MAX = 365 * 24 * 3_600
"""Longest time after which a value expires, where it does."""

KV_INTEGER_MAX = 2**53 - 1
"""The largest integer that ``increment`` takes, adds or makes, either way."""

KV_PAGE_SIZE = 100
"""Values on a page of a list."""

KV_PAGE_BYTES = 256 * KIB
"""A page ends early when its values, as JSON, reach this size."""

KV_EXAMINED = 1_000
"""A page ends early when as many values were looked at, with expired ones."""

KV_OPERATIONS = 100
"""Operations of an execution on the key-value store."""

TOOL_CALLS = 100
"""Calls of tools of an execution, with all that these call in turn."""

TOOL_DEPTH = 4
"""How deep an execution is called by tools that one execution called."""

TOOL_ARGUMENTS_BYTES = 256 * KIB
"""The arguments that code calls a tool with, as JSON."""

APPROVAL_ARGUMENTS_BYTES = 64 * KIB
"""Longest arguments of a call that a person is to approve, as JSON in ASCII."""

APPROVAL_S = 24 * 3_600
"""How long after the call an approval is there, and what was decided holds; seconds."""

TASK_WAIT_S = 20
"""How long a request for the result of a task waits for its end."""

TASK_WAITS = 16
"""Requests of a tenant that wait for it at a time, on one machine or in an environment on AWS."""

TASK_WAITS_IN_ALL = 160
"""Those of all tenants."""

CODE_CHARACTERS = 65_536
"""Longest code that a client of the Model Context Protocol has executed."""

TOOLS_FOUND = 20
"""Tools that one search finds."""

TOOLS_DESCRIBED = 20
"""Tools that are described at a time."""

TOOL_RESULT_BYTES = 256 * KIB
"""What a tool returns to code, as JSON."""

READINESS_S = 1
"""How long ``/readyz`` answers from memory, and the longest that it waits for an answer."""

QUEUE_STILL_S = 120
"""How long nothing of the queue may move while something is due; an execution takes up to 25 s."""

LOG_TEXT_CHARACTERS = 16_384
"""Longest text in a line of the log of one machine; of one that is longer, the rest is left out."""

LOG_WAITING_BYTES = 4 * MIB
"""Bytes of the log of one process on one machine that wait to be written; later ones are lost."""

DISK_RESERVED_BYTES = 1_000 * 1_000 * 1_000
"""How much of a disk records leave free, or ``DISK_RESERVED_PERCENT`` where that is less."""

DISK_RESERVED_PERCENT = 5

DEAD_LETTERS = 1_000
"""Dead letters that one command reads."""

EVENT_SOURCE_CHARACTERS = 256
"""Longest ``source`` of an event, as EventBridge has it."""

EVENT_DETAIL_TYPE_CHARACTERS = 128
"""Longest ``detail-type`` of an event, as EventBridge has it."""

OBJECT_KEY_BYTES = KIB
"""Longest key of an object, as S3 has it; longer than any ARN."""

FOLDER_ENTRIES = 10_000
"""Most files and folders below a folder that stands for a bucket."""

RECONCILE_AFTER_S = 60
"""When the dispatcher checks a trigger after a change, which may have been cut off; seconds."""

REQUEST_COST = 1
"""Tokens that a request takes from the bucket of its client (Kx: doc/rate_limiting.md)."""

API_AUTH_COST = 35
"""Tokens of the bucket that a request to ``api_auth`` takes, which slows down guessing of keys."""

PAYLOAD_BYTES = 5 * MIB
"""Largest input of an execution, in bytes of JSON; leaves room in Lambda's 6 MB payload."""

INPUT_DEPTH = 512
"""Deepest nesting of an input: what Python can follow, with room for the frames of a request."""

CONTEXT_BYTES = 16 * KIB
"""Largest ``meta`` and ``tokens`` of an execution together, as JSON in UTF-8."""

BODY_BYTES = 8_000_000
"""Largest request body (Kx: src/api_util.erl)."""

UNAUTHENTICATED_BODY_BYTES = 64 * KIB
"""Largest body of a request in Kazoo's envelope without a key before it."""

READ_ON_LOOP_BYTES = 64 * KIB
"""Longest body that the thread of the event loop parses itself."""

BODIES_BYTES = 256_000_000
"""Bytes of all bodies that are read and not yet answered."""

TENANT_BODIES_BYTES = 128_000_000
"""How many of them belong to one tenant."""

UNAUTHENTICATED_BODIES_BYTES = 64_000_000
"""How many of them belong to requests without a valid key."""

THREADS = 40
"""Threads of a server on one machine for what waits for the store."""

WAITING_FOR_THREAD = 200
"""Calls that wait for one of these threads; beyond that, a request is refused at once."""

FORM_FIELDS = 1_000
"""Fields of a form."""

CALL_FIELDS = 1_000
"""Fields of a call, with those of its objects flattened."""

LAMBDA_ANSWER_BYTES = 6_200_000
"""Largest answer that leaves a Lambda, as a JSON string; Lambda's 6 MB less room for headers."""

INDENTED_BYTES = 256 * KIB
"""Longest answer that is indented when the client asks for it."""

PAGE_SIZE = 50
"""Functions on a page when the client names no number (Kx: doc/basics.md)."""

PAGE_SIZE_MAX = 500
"""Most functions on a page."""

PAGE_BYTES = 2_900_000
"""A page ends early when its documents, as JSON, reach this size.

Lambda writes the answer once more as JSON, which can double it; so it stays under Lambda's 6 MB.
"""

EXAMINED_BYTES = 32 * MIB
"""A page ends early when a filter has read as much; bounds the cost of one request."""

OPENAPI_FUNCTIONS = 200
"""Most functions in the OpenAPI document of an account; it ends early as a page does."""

FILTERS = 20
"""Filters of one request."""

ERROR_TEXT_CHARACTERS = 10_000
"""Longest name and longest message of an error; its stack may be twice as long."""

ERROR_DETAILS_CHARACTERS = 16 * KIB
"""Longest JSON of what an error carries."""

REQUEST_HEAD_S = 10
"""Time that the head of a request may take, from the connection or its first byte on."""

BODY_SILENCE_S = 15
"""Longest time in which nothing of a body, or nothing to the reader of an answer, gets through."""

BODY_FREE_S = 10
"""Time after which a body has to come at the rate below."""

BODY_BYTES_PER_S = 500
"""Bytes a second of a body, or of an answer, that get through at least."""

CHUNKS = 1_000
"""Chunks of a body, of which more have to be as long as below."""

CHUNK_BYTES_MIN = 64
"""Length of more chunks than that, on average."""

LINGER_S = 5
"""How long a server goes on to take, and throw away, what a client that it refused still sends."""

LINGER_BYTES = 16_000_000
"""How much that may be."""

UNSENT_BYTES = 64 * MIB
"""Bytes of answers that clients have not taken, on one machine."""

REQUEST_HEAD_BYTES = 64 * KIB
"""Longest head of a request on one machine: its line and its headers."""

CONNECTIONS_OF_ADDRESS = 256
"""Connections from one address at a time, on one machine."""

PROCESSES_MAX = 16
"""Server processes of one machine that share a port."""

PROCESS_STARTS_EVERY_S = 1.0
"""How often one of them starts again at most, where it ends by itself."""

DESCRIPTORS_MAX = 65_536
"""Files and connections that a server on one machine raises its limit to."""

DESCRIPTORS_RESERVED = 200
"""Descriptors that connections leave to files, workers and callbacks."""

VIOLATIONS = 100
"""Violations that the answer to a bad document lists."""

VIOLATIONS_BYTES = 60 * KIB
"""Longest JSON of these violations; the whole answer has up to 64 KiB."""

VIOLATION_KEY_CHARACTERS = 64
"""Longest key in the path of a violation; a longer one is cut."""

VIOLATION_VALUE_CHARACTERS = 256
"""Longest JSON of a bad value that the answer gives back."""

WALL_TIME_MS_MIN = 10
WALL_TIME_MS_MAX = 25_000
"""Longest time a synchronous execution may take; API Gateway gives up after 30 s."""

MEMORY_MB_MIN = 16
MEMORY_MB_MAX = 512

LOG_BYTES = 64 * KIB
"""The console lines of one execution, in UTF-8 bytes, and the bytes below for each."""

LINE_HEAD_BYTES = 8
"""Bytes of a console line beside its text, for its level and its time."""

ADMISSIONS_MAX = 4_096
"""Callers and functions that a server remembers, for frequent executions."""

ADMISSIONS_CHARACTERS_MAX = 16 * MIB
"""Characters of the sources that it remembers with them; one takes up to four bytes."""

CACHED_RESPONSES_BYTES = 32 * MIB
"""The answers to reads that a server keeps, until anything changes."""

CACHED_RESPONSE_BYTES = MIB
"""The longest that it keeps."""

CACHED_RESPONSE_BYTES_MIN = 8 * KIB
"""What a shorter one counts for, so that there are at most 4 096."""

EXECUTIONS_WAITING_MAX = 32
"""Executions of one tenant that wait for a worker on one machine; one more is refused."""

EXECUTIONS_WAITING_IN_ALL_MAX = 4_096
"""Executions of all tenants that wait for a worker where several processes serve."""

EXECUTION_WAIT_S = 10.0
"""How long an execution waits for a worker on one machine; seconds."""

OPERATION_MESSAGES = 20_000
"""Messages of an execution to who performs its operations, and one for the end of each of them."""

OPERATION_CHARACTERS = 64 * MIB
"""Characters of all of them together, as JSON; the supervisor counts bytes, up to three each."""

OPERATION_MESSAGE_CHARACTERS = MIB
"""Characters of the longest of them."""

REPLY_BYTES = 64 * KIB
"""Bytes that one reply to an operation carries besides its JSON."""

REPLY_FIELDS_BYTES = MIB
"""The longest JSON of a reply, in ASCII."""

RECORDED_OPERATIONS_BYTES = MIB
"""What is recorded of the operations of an execution: what was asked, and the replies."""

OPERATIONS_AT_ONCE = 8
"""Operations of one execution that the trusted side performs at a time; more wait in order."""

FETCHES_AT_ONCE = 6
"""Those of them that are ``fetch``."""

FETCHES = 50
"""Requests by ``fetch`` of one execution, redirects that it follows included."""

FETCH_REDIRECTS = 5
"""Redirects that one ``fetch`` follows."""

FETCH_HOPS = 8
"""Fetches, each by the function that the one before led to, that may lead to an execution."""

FETCH_BODY_BYTES = 10 * MIB
"""Longest body of an answer to ``fetch``, inflated and as it comes, and of its request."""

FETCH_CREDIT_BYTES = 256 * KIB
"""How much of an answer's body the isolate gets before it reads."""

FETCH_GRANT_BYTES = 64 * KIB
"""How much of a request's body the isolate may send ahead."""

FETCH_CONNECTIONS = 64
"""Connections that an executor keeps open for further requests."""

FETCH_CONNECTIONS_OF_ACCOUNT = 8
"""Those of one account."""

FETCH_IDLE_S = 10
"""How long a connection is kept without a request."""

FETCH_LOOKUPS = 256
"""Names that an executor looks up at a time."""

FETCH_LOOKUPS_OF_ACCOUNT = 32
"""Those of one account."""

TOOL_NAME_CHARACTERS = 64
"""Longest name of a tool."""

TOOL_DESCRIPTION_CHARACTERS = 2_000
"""Longest description of a tool."""

TOOLS_PAGE = 50
"""Tools in one page of a list."""

MCP_MESSAGE_BYTES = MIB
"""Longest message of a client of the Model Context Protocol, with the arguments of a tool."""

MCP_RESULT_BYTES = MIB
"""Longest result of a tool that a client of it gets."""

WORKER_EXECUTIONS_MAX = 10_000
"""Executions of one account in one worker process, which then ends."""

WORKER_AGE_S_MAX = 3_600
"""How long one worker process serves an account; seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one execution may use.

    ``wall_time_ms`` is milliseconds, 10 to 25 000; ``memory_mb`` is MiB on top of what an idle
    worker takes, 16 to 512; ``result_bytes`` and ``log_bytes`` are UTF-8 bytes.
    """

    wall_time_ms: int = 5_000
    memory_mb: int = 64
    result_bytes: int = 5 * MIB
    log_bytes: int = LOG_BYTES


DEFAULT_LIMITS = Limits()
