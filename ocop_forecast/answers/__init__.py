"""The planner's next questions, each answered in one sentence, one picture and one table.

`answer` says what is asked of and what an answer is; a module is a question; `every` answers them all.
"""
