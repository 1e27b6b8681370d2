"""A sample that is a program: the model writes it, the sandbox runs it, its value is the vote."""

from agent.sandbox import Sandbox
from agent.system2.method import Call, Steps
from agent.system2.prompts import FewShot
from agent.system2.reading import Written, no_vote, one
from memory.records import Vote
from models.types import Finish

_FENCE = "\n```"


def program_sample(method: str, prompt: FewShot, sandbox: Sandbox, question: str) -> Steps:
    """One stage: the program, which is then run.

    Args:
        method: Whose vote it is.
        prompt: Examples of programs; its lead opens a block of code.
        sandbox: Where the program runs, and nowhere else.
        question: A standalone question.

    Returns:
        The sample; its vote is for the program's value.
    """
    call = Call("program", prompt.prompt(question=question), stop=(_FENCE,))
    generation = yield from one(call)
    program = _joined(prompt.lead, generation.text)
    if generation.finish is Finish.LENGTH:  # what is missing may be half a number
        failure = "cut at the token limit before the program's end"
        return no_vote(method, [Written("program", program)], failure)
    result = sandbox.run(program + _FENCE)
    return Vote(method, result.answer, program, 0, result.failure)


def _joined(lead: str, text: str) -> str:
    """The program behind its lead, or by itself when it does not go on from there.

    Some models write a function of their own, or bare statements with `return`, which the sandbox
    makes a function of.
    """
    if not text.strip() or text.lstrip("\n")[0].isspace():
        return lead + text
    return text if text.lstrip().startswith("```") else f"```python\n{text}"
