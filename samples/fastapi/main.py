"""An asynchronous JSON service, described by its own OpenAPI document."""

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI(title="Boxes")


class Box(BaseModel):
    name: str
    litres: int


BOXES = {box.name: box for box in [Box(name="small", litres=10), Box(name="large", litres=60)]}


@app.get("/")
async def boxes() -> list[Box]:
    return list(BOXES.values())


@app.get("/boxes/{name}")
async def box(name: str) -> Box:
    if name not in BOXES:
        raise HTTPException(status_code=404, detail="no such box")
    return BOXES[name]


@app.get("/health")
async def health() -> dict[str, str]:
    """For a load balancer: cheap, and of a fixed shape."""
    return {"status": "ok"}
