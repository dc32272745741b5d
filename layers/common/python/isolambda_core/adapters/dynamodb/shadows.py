"""What shadows find, in DynamoDB; the repository of aliases removes it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.shadows import dump_shadow_report, load_shadow_report
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.aliases import DynamoDbAliasRepository
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.shadows.report import ShadowReport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_IS_NEW = "attribute_not_exists(pk)"
_AS_BEFORE = "revision = :before"


@dataclass(frozen=True, slots=True)
class DynamoDbShadowRepository:
    """The port ``ShadowRepository``."""

    table: Table
    aliases: DynamoDbAliasRepository

    def get(self, alias: Alias) -> ShadowReport:
        """Return what a shadow has found; see ``ShadowRepository.get``."""
        item = self.table.get(keys.of_shadow(alias.account_id, alias.function_id, alias.name))
        return ShadowReport() if item is None else load_shadow_report(bytes(item["report"]["B"]))

    def save(self, alias: Alias, report: ShadowReport) -> None:
        """Store the next revision; see ``ShadowRepository.save``."""
        before = report.revision - 1
        key = keys.of_shadow(alias.account_id, alias.function_id, alias.name)
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": {
                    **key.attributes(),
                    "revision": {"N": str(report.revision)},
                    "report": {"B": dump_shadow_report(report)},
                },
                "ConditionExpression": _AS_BEFORE if before else _IS_NEW,
            }
        }
        if before:
            put["Put"]["ExpressionAttributeValues"] = {":before": {"N": str(before)}}
        if not self.table.transact(self.aliases.is_as(alias), put):
            raise RevisionConflictError
