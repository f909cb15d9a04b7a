"""When and with what things run: wiring only, and nothing imports it. What runs is in assets/ and kempt/usecases/."""
