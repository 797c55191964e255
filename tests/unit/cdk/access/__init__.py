"""What the policies of a synthesized app allow, as an evaluator of IAM that is not ours judges it."""
