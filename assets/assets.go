// Package assets holds the files that are built into the programs: the icon,
// and beside this file fonts and translations. It hands out bytes; it must
// never import a toolkit or interpret what it holds.
package assets
