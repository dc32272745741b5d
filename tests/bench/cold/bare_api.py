"""A Lambda of FastAPI and Mangum with one route, as their own documentation writes it."""

from fastapi import FastAPI
from mangum import Mangum

app = FastAPI()


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


handler = Mangum(app, lifespan="off")
