package main

import (
	"flag"

	"github.com/pkg/xattr"
)

// setXattrCommand sets an extended attribute on FILE, for which Node has no call.
func setXattrCommand(*flag.FlagSet) runner {
	return func(_ *session, arguments []string) error {
		return xattr.LSet(arguments[0], arguments[1], []byte(arguments[2]))
	}
}
