"""The explorer: a web page over the API. Plain HTML, style sheets and modules; nothing to build, nothing from elsewhere."""
