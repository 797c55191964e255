"""The parts of ``scripts/generate_service_model.py``."""
