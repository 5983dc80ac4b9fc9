"""Misuse of licenses: what activations give away (docs/spec/abuse-cases.md, ACT-31).

Every quarter of an hour new activations are judged by rules; what a rule sees stands as a finding at the
license, and enough suspicious activations flag it. Cases, reports and enforcement by people are not here yet.
"""
