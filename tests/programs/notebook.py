"""A notebook, run by nbclient: results, output, and an error where there is one."""

from __future__ import annotations

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def main():
    cells = ["x = 20", "print('hello')\nx * 2 + 2", "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=40, kernel_name="python3").execute()
    outputs = [cell.outputs for cell in notebook.cells]
    assert outputs[0] == []
    assert outputs[1][0].text == "hello\n" and outputs[1][1].data["text/plain"] == "42"
    assert outputs[2][0].data["text/plain"] == "'awaited'"

    failing = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    try:
        NotebookClient(failing, timeout=40, kernel_name="python3").execute()
    except CellExecutionError as error:
        assert "ZeroDivisionError" in str(error)
    else:
        raise AssertionError


if __name__ == "__main__":
    main()
