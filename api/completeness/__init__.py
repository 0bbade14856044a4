"""How complete a day's recordings are: counted, explained, certified."""
