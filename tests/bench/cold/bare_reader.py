"""A Lambda of FastAPI, Mangum and boto3 with one route, which reads one item."""

import boto3
from fastapi import FastAPI, Request, Response
from mangum import Mangum

app = FastAPI()
table = boto3.client("dynamodb")


@app.get("/{path:path}")
def read(request: Request) -> Response:
    key = {"pk": {"S": request.headers["x-auth-token"]}, "sk": {"S": "KEY"}}
    answer = table.get_item(TableName="functions", Key=key)
    return Response(status_code=200 if "Item" in answer else 401)


handler = Mangum(app, lifespan="off")
