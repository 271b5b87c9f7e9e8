//go:build !tcplint_core

package config

import "github.com/BurntSushi/toml"

// decode reads TOML: its tables, and its keys in their order.
func decode(text string) (doc map[string]any, keys []toml.Key, err error) {
	md, err := toml.Decode(text, &doc)
	return doc, md.Keys(), err
}
