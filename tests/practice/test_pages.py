from __future__ import annotations
from tests.builders import Clinic
from flask import Flask
import re
def test_try(clinic: Clinic, clinic_app: Flask, clock):
    b = clinic.client(clinic_app, "trainee")
    r = b.get("/practice"); assert r.status_code == 200, r.text
    r = b.post("/practice"); assert r.status_code == 302, r.text
    url = r.location
    for n in range(12):
        r = b.get(url); assert r.status_code == 200
        op = re.search(r'name="op_id" value="([^"]+)"', r.text)
        if not op:
            print(re.search(r"<h1.*?</h1>", r.text, re.S).group(0)); break
        m = re.search(r'name="choice" value="(o\d)"', r.text)
        data = {"op_id": op.group(1), "certainty": "sure"}
        if m: data["choice"] = m.group(1)
        elif "entry_mm" in r.text: data |= {"entry_mm": "5", "tilt_deg": "0", "depth_mm": "10", "needle_mm": re.search(r'name="needle_mm" value="(\d+)"', r.text).group(1)}
        elif "name=\"act\"" in r.text:
            r2 = b.post(url, data=data | {"act": re.search(r'name="act" value="(\w+)"', r.text).group(1)}); assert r2.status_code == 200
            data |= {"finish": "1", "taken": re.search(r'name="taken" value="([^"]*)"', r2.text).group(1)}
        clock.advance(seconds=20)
        r = b.post(url, data=data); assert r.status_code == 302, r.text
        f = b.get(r.location); assert f.status_code == 200, f.text
        print(n, re.sub(r"<[^>]+>", "", re.search(r"<h1.*?</h1>", f.text, re.S).group(0)))
        clock.advance(seconds=15)
        r = b.post(url + "/next"); assert r.status_code == 302
    print(b.get("/practice").text[-6000:])
    assert b.get("/home").status_code == 200
