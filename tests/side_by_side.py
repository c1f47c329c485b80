"""How the files of a run are dealt to its workers."""

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

BROWSERS = "tests/e2e/"


class SideBySide(LoadFileScheduling):
    """Every other worker takes the files that drive browsers, the rest take the others; who is done first helps.

    A browser and the app it looks at keep more than one core busy, a test that asks a database less than one. Two of
    the first kind would slow each other down, and two of the second leave a core idle.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        browsers = self.nodes.index(node) % 2 == 0
        for file in self.workqueue:
            if file.startswith(BROWSERS) == browsers:
                self.workqueue.move_to_end(file, last=False)
                break
        super()._assign_work_unit(node)
