"""What each request, poll and mishap comes to: small functions of (event, world).

place.py     create a job, or adopt the one that is there
request.py   Create, Update, Delete
watch.py     what travels through the state machine between two polls
poll*.py     one look at a job that is waited for
verdict.py   an ended job: passed or not, and its attributes
workflow*.py the end of the jobs that a stack's state machines start; ended_execution.py: of one execution's
give_up.py   a function or an execution died: stop what runs, and answer
"""
