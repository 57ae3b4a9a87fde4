"""Version 1 of the API for shops, apps and integration platforms: `/api/method/erp_connect.api.v1.<call>`.

Described by an OpenAPI 3.1 document at `erp_connect.api.v1.openapi`. Every call acts as the authenticated user.
"""

from erp_connect.api.v1.customers import create_customer, update_customer
from erp_connect.api.v1.orders import create_order, update_order
from erp_connect.api.v1.records import bulk_upsert, delete, describe, get, job, upsert
from erp_connect.api.v1.records import list_ as list

__all__ = [
	"bulk_upsert",
	"create_customer",
	"create_order",
	"delete",
	"describe",
	"get",
	"job",
	"list",
	"update_customer",
	"update_order",
	"upsert",
]
