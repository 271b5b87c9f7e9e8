//go:build js && wasm

// Command wasm is the engine for a page: it sets the global function tcplint, which
// takes a question and returns its answer, both JSON as package page describes them.
package main

import (
	"syscall/js"

	"github.com/tcplint/tcplint/internal/page"
)

func main() {
	session := page.NewSession()
	js.Global().Set("tcplint", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if len(args) != 1 || args[0].Type() != js.TypeString {
			return `{"error":"tcplint wants one text, a question in JSON"}`
		}
		return string(session.Ask([]byte(args[0].String())))
	}))
	select {}
}
