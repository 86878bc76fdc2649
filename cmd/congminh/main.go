// Command congminh is the digital procuracy in one file.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"congminh/internal/app"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/conf"
	"congminh/internal/kit/db"
)

const usage = `congminh [-config FILE] COMMAND

  serve          serve the back office, the portal and the API
  openapi        print the description of the API
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "congminh:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("congminh", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprint(stderr, usage) }
	file := fs.String("config", "", "settings file")
	if err := fs.Parse(args); err != nil {
		return err
	}
	c := app.Default()
	if err := conf.Load(&c, *file, "CONGMINH", os.Getenv); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	d, err := db.Open(ctx, c.Database)
	if err != nil {
		return err
	}
	defer d.Close()
	a, err := app.New(ctx, d, demo, time.Now, log)
	if err != nil {
		return err
	}
	switch fs.Arg(0) {
	case "serve":
		ln, err := net.Listen("tcp", c.HTTP.Addr)
		if err != nil {
			return err
		}
		return a.Run(ctx, ln)
	case "openapi":
		text, err := a.API.OpenAPI()
		fmt.Fprintf(stdout, "%s", text)
		return err
	}
	fs.Usage()
	return flag.ErrHelp
}

// demo stands in for sign-in, which is a module of its own.
func demo(*http.Request) auth.Actor {
	return auth.Actor{ID: "demo", Name: "Cán bộ", Office: "vks-hn"}
}
