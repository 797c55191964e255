"""The Lambda asset: what creates, watches, judges and stops a training job at deploy time.

Standard library and botocore only, and nothing of ours outside this folder: it is shipped as it is.

front.py      CloudFormation calls it: decide, create or adopt, start the watch (and answer for a dead worker)
worker.py     the state machine calls it: poll, judge, stop, answer (and answer for a dead front)
reducer.py    a distributed sweep's state machine calls it: the best of the results in S3
transitions/  what each request comes to, one small function a transition
"""
