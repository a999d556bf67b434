"""The differential run: Burgee's server against the evaluator inside the official Python SDK.

`world` invents projects at random from a fixed seed, `render` writes them as an apply file and as SDK
definitions, `pristine` asks the SDK, `run` asks Burgee and compares. Where the two differ, `rows` has the
known reasons: each row teaches a copy of the SDK's evaluator one thing that a server does otherwise. A
difference is explained by a row when that lesson alone (or the smallest set of lessons) makes the answers
equal; what no set of rows explains is a bug in one of the two.
"""
