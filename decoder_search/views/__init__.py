"""How a study is shown: on a terminal, as charts, as a page, in the browser, in a notebook."""
