// Empty: with a file for the assembler in the package the compiler takes a function
// without a body for one that is elsewhere (cachedFonts in sharefont.go).
