"""Training on a schedule: through a state machine, or straight from EventBridge Scheduler to SageMaker."""
