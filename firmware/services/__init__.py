"""Orchestration over the ports: what the box does, without knowing through what."""
