// Renders a template of Go's text/template, as Ollama does, for each list of messages in a JSON file:
// go run render.go TEMPLATE MESSAGES. A zero byte ends each rendering.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"text/template"
)

type message struct{ Role, Content string }

func read(path string) []byte {
	content, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return content
}

func main() {
	var conversations [][]message
	if err := json.Unmarshal(read(os.Args[2]), &conversations); err != nil {
		panic(err)
	}
	parsed := template.Must(template.New("").Parse(string(read(os.Args[1]))))
	for _, messages := range conversations {
		if err := parsed.Execute(os.Stdout, map[string]any{"Messages": messages}); err != nil {
			panic(err)
		}
		fmt.Print("\x00")
	}
}
