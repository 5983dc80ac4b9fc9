"""Requests about one license that run when they are pasted: in a shell, Python, PHP or JavaScript.

The API key is never part of them: they read it from the environment.
"""

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import DeviceStatus

SECRET = "KEYTURN_API_KEY"  # noqa: S105 (the name of a variable)
IDENTIFIER = "my-computer"
ENDPOINTS = (("verify", "Verify"), ("activate", "Activate"), ("deactivate", "Deactivate"))
LANGUAGES = (("curl", "cURL"), ("php", "PHP"), ("javascript", "JavaScript"), ("python", "Python"))

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Sample:
    """A program, and how to run it."""

    text: str
    hint: str


def sample(license: License, language: str, endpoint: str, *, key: str, base: str) -> Sample:
    """The program that asks `endpoint` about `license`, whose key is written as `key`."""
    device = license.activations.filter(status=DeviceStatus.ACTIVE).order_by("-activated_at").first()
    identifier = device.identifier if device and endpoint != "activate" else IDENTIFIER
    fields = {"license_key": key, "identifier": identifier, "product_id": str(license.product.uuid)}
    write, hint = _WRITERS[language]
    return Sample(write(f"{base}/api/v1/{endpoint}", fields), hint)


def _curl(url: str, fields: Fields) -> str:
    lines = [f"curl -sS {shlex.quote(url)}", f'-H "Authorization: Bearer ${SECRET}"']
    lines += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in fields.items()]
    return " \\\n  ".join(lines)


def _python(url: str, fields: Fields) -> str:
    return f"""\
import json, os, urllib.parse, urllib.request

fields = {_literal(fields, "    ")}
request = urllib.request.Request(
    {json.dumps(url)},
    data=urllib.parse.urlencode(fields).encode(),
    headers={{"Authorization": "Bearer " + os.environ["{SECRET}"]}},
)
with urllib.request.urlopen(request, timeout=10) as answer:
    response = json.load(answer)["response"]
print(response["code"], response["message"])"""


def _javascript(url: str, fields: Fields) -> str:
    return f"""\
const fields = {_literal(fields, "  ")};
fetch({json.dumps(url)}, {{
  method: "POST",
  headers: {{ Authorization: `Bearer ${{process.env.{SECRET}}}` }},
  body: new URLSearchParams(fields),
}})
  .then((answer) => answer.json())
  .then(({{ response }}) => console.log(response.code, response.message));"""


def _php(url: str, fields: Fields) -> str:
    pairs = "".join(f"    {_single(name)} => {_single(value)},\n" for name, value in fields.items())
    return f"""\
<?php
$fields = [
{pairs}];
$context = stream_context_create(['http' => [
    'method' => 'POST',
    'header' => "Content-Type: application/x-www-form-urlencoded\\r\\n"
        . 'Authorization: Bearer ' . getenv('{SECRET}'),
    'content' => http_build_query($fields),
    'ignore_errors' => true,
]]);
$answer = json_decode(file_get_contents({_single(url)}, false, $context), true);
echo $answer['response']['code'], ' ', $answer['response']['message'], PHP_EOL;"""


def _literal(fields: Fields, indent: str) -> str:
    lines = "".join(f"{indent}{json.dumps(name)}: {json.dumps(value)},\n" for name, value in fields.items())
    return f"{{\n{lines}}}"


def _single(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_WRITERS: dict[str, tuple[Callable[[str, Fields], str], str]] = {
    "curl": (_curl, "Paste it into a shell."),
    "php": (_php, "Save it as keyturn.php and run php keyturn.php."),
    "javascript": (_javascript, "Save it as keyturn.js and run node keyturn.js, version 18 or newer."),
    "python": (_python, "Save it as keyturn.py and run python3 keyturn.py."),
}
