"""How a job is deployed: the only part of the library that imports aws_cdk."""
