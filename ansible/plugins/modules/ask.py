#!/usr/bin/python
# Copyright: the tcplint authors
# MIT License (see LICENSE)
"""Ask tcplint about a snapshot, a folder or a file of the controller."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: ask
short_description: Ask tcplint about a snapshot, a folder or a file
version_added: 0.1.0
description:
  - Runs C(tcplint check), C(tcplint diagnose) or C(tcplint capacity) and returns what it says as data and as facts.
  - It reads only. Run it where the program is, which is most often the controller (C(delegate_to) localhost).
options:
  path:
    description: The snapshot, folder or file.
    type: path
    required: true
  question:
    description: What is asked.
    type: str
    choices: [check, diagnose, capacity]
    default: check
  binary:
    description: The program.
    type: str
    default: tcplint
  nginx:
    description: The version of nginx that is in use; empty where the path says it, or nobody knows.
    type: str
    default: ""
  kernel:
    description: The version of the kernel that is in use; empty where the path says it, or nobody knows.
    type: str
    default: ""
  upstreams:
    description: What is known of the servers behind upstreams, by name, as in C([upstream]) of C(.tcplint.toml).
    type: dict
    default: {}
  fail_on:
    description: The severity from which on C(fails) is true.
    type: str
    choices: [error, warning, info, never]
    default: warning
author:
  - The tcplint authors (@tcplint)
attributes:
  check_mode:
    support: full
    description: It changes nothing.
"""

EXAMPLES = r"""
- name: Look at the configuration of this repository
  tcplint.tcplint.ask:
    path: files/nginx
    nginx: 1.28.0
  delegate_to: localhost
  register: answer

- name: Ask a snapshot for the cause
  tcplint.tcplint.ask:
    path: "snapshots/{{ inventory_hostname }}.tar.gz"
    question: diagnose
  delegate_to: localhost
"""

RETURN = r"""
answer:
  description: What tcplint says, as its JSON format has it.
  returned: always
  type: dict
lines:
  description: One line for each finding or cause.
  returned: always
  type: list
  elements: str
status:
  description: The exit status of tcplint (0 nothing, 1 something, 2 wrong usage, 3 something could not be read).
  returned: always
  type: int
fails:
  description: Whether something is at or above fail_on.
  returned: always
  type: bool
ansible_facts:
  description: The same, as C(tcplint_check), C(tcplint_diagnose) or C(tcplint_capacity).
  returned: always
  type: dict
"""

import json
import os
import tempfile

from ansible.module_utils.basic import AnsibleModule


def toml(value):
    """Write a value of the configuration: JSON's strings, numbers and lists are TOML's."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value)


def configuration(upstreams):
    """The text of a configuration file that declares the upstreams."""
    lines = []
    for name in sorted(upstreams):
        lines.append("[upstream.%s]" % json.dumps(name))
        for key in sorted(upstreams[name]):
            lines.append("%s = %s" % (key, toml(upstreams[name][key])))
    return "\n".join(lines) + "\n"


def describe(question, answer):
    """One line for each finding, cause or limit that was reached."""
    if question == "check":
        return [
            "%s:%d:%d: %s: %s [%s]"
            % (f["file"], f["range"]["start"]["line"], f["range"]["start"]["column"], f["severity"], f["message"], f["rule"])
            for f in answer.get("findings", [])
        ]
    if question == "diagnose":
        return ["%s: %s [%s]" % (a["certainty"], a["message"], a["cause"]) for a in answer.get("answers", [])]
    return []


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec=dict(
            path=dict(type="path", required=True),
            question=dict(type="str", choices=["check", "diagnose", "capacity"], default="check"),
            binary=dict(type="str", default="tcplint"),
            nginx=dict(type="str", default=""),
            kernel=dict(type="str", default=""),
            upstreams=dict(type="dict", default={}),
            fail_on=dict(type="str", choices=["error", "warning", "info", "never"], default="warning"),
        ),
        supports_check_mode=True,
    )
    p = module.params
    argv = [p["binary"], p["question"], "--format", "json"]
    for flag in ("nginx", "kernel"):
        if p[flag]:
            argv += ["--" + flag, p[flag]]
    if p["question"] == "check" and p["fail_on"] != "never":
        argv += ["--fail-on", p["fail_on"]]
    config = None
    if p["upstreams"]:
        handle, config = tempfile.mkstemp(prefix="tcplint.", suffix=".toml", dir=module.tmpdir)
        with os.fdopen(handle, "w") as out:
            out.write(configuration(p["upstreams"]))
        argv += ["--config", config]
    argv += ["--", p["path"]]
    status, out, err = module.run_command(argv)
    if config:
        os.unlink(config)
    try:
        answer = json.loads(out)
    except ValueError:
        module.fail_json(msg="%s says: %s" % (" ".join(argv[:2]), err.strip() or out.strip() or "nothing"), status=status)
    if status == 2:
        module.fail_json(msg=err.strip(), status=status)
    module.exit_json(
        changed=False,
        answer=answer,
        lines=describe(p["question"], answer),
        messages=err.splitlines(),
        status=status,
        fails=status == 1 and p["fail_on"] != "never",
        ansible_facts={"tcplint_" + p["question"]: answer},
    )


if __name__ == "__main__":
    main()
