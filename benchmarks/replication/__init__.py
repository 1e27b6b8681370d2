"""The paper's table for any model: its tasks, by System 1, System 2 and what was distilled.

Distilling System 2 into System 1 (Yu, Xu, Weston, Kulikov; arXiv 2407.06023).
"""
