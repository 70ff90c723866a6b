"""The explorer: a web page over the API. Plain HTML, styles and modules; nothing to build, nothing from elsewhere."""
