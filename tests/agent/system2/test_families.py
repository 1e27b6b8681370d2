from agent.system2.families import FAMILIES
from tests.agent.world import World


def test_the_families_are_those_of_the_methods(world: World) -> None:
    with world.parts() as built:
        methods = [built.method(name) for name in FAMILIES]
    assert {method.name: method.family for method in methods} == FAMILIES
