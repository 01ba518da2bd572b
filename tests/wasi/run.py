"""Runs a component for WASI with the package `wasmtime`: python run.py COMPONENT

The package has no command of its own, and no method that lends the network.
"""

import sys

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime import _bindings as ffi
from wasmtime.component import Component, Linker


def main():
    config = Config()
    config.wasm_component_model = True
    engine = Engine(config)
    wasi = WasiConfig()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    ffi.wasi_config_inherit_network(wasi.ptr())
    store = Store(engine)
    store.set_wasi(wasi)
    linker = Linker(engine)
    linker.add_wasip2()
    component = Component.from_file(engine, sys.argv[1])
    instance = linker.instantiate(store, component)
    for version in range(20):
        interface = instance.get_export_index(store, f"wasi:cli/run@0.2.{version}")
        if interface is not None:
            run = instance.get_func(store, instance.get_export_index(store, "run", interface))
            result = run(store)
            sys.exit(f"the program failed: {result}" if result.tag != "ok" else 0)
    sys.exit("the component is no program")


main()
