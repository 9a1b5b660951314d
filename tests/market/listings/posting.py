"""The first moves of posting, as a browser makes them."""

import re


def hidden(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text)[1]


def start(client, **data):
    page = client.get("/listings/new?side=offer")
    fields = {"material_id": "fly_ash", "form": "dry", "version": "0", "key": hidden(page, "key")}
    return client.post("/listings/new?side=offer", data=fields | data)


def save(client, draft_id, step, **data):
    page = client.get(f"/drafts/{draft_id}/{step}")
    return client.post(
        f"/drafts/{draft_id}/{step}", data={"version": hidden(page, "version")} | data
    )
