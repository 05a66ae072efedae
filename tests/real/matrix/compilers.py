# SPDX-License-Identifier: MIT
"""gcc, g++, clang and the linker: the same object files, byte for byte."""

from world import Row, digest

TEMPLATES = """#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <variant>
#include <vector>
template <int N> struct chain { static int run(int x) { std::map<int, std::string> m; m[x] = std::to_string(N);
 std::vector<std::variant<int, std::string>> v{ x, m[x] }; return chain<N - 1>::run(x + int(v.size())); } };
template <> struct chain<0> { static int run(int x) { return x; } };
int main() { std::regex r("a+(b|c)*"); std::cout << chain<100>::run(1) << std::regex_match("aab", r) << std::endl; }
"""


def functions(first, last):
    text = "#include <stdio.h>\n#include <string.h>\n"
    for i in range(first, last):
        text += (f"int f{i}(int a, const char *s) {{ int r = a * {i} + (int)strlen(s);\n"
                 f"  for (int k = 0; k < {i % 17 + 1}; k++) r += (a >> k) ^ s[k % 3] ^ {i % 256};\n"
                 f"  if (r % {i % 13 + 2} == 0) printf(\"%d %s\\n\", r, s); return r; }}\n")
    return text


def main_of(last):
    return "".join(f"int f{i}(int a, const char *s);\n" for i in range(last)) + "int main(void) { int s = 0;\n" \
        + "".join(f"s += f{i}(s, \"str{i}\");\n" for i in range(last)) + "return s & 1; }\n"


def compile_c(compiler):
    """Two files with optimization, one of them with all debug information; at once, through pipes; linked and run."""
    def run(w):
        w.write("one.c", functions(0, 400))
        w.write("two.c", functions(400, 800))
        w.write("main.c", main_of(800))
        said = w.run("sh", "-c", f"{compiler} -O2 -c one.c & {compiler} -O1 -g3 -c two.c; wait; {compiler} -pipe -c main.c")
        said += w.run(compiler, "-flto=2" if compiler == "gcc" else "-g", "-O1", "-o", "linked", "one.o", "two.o", "main.o")
        return said + "\n".join(digest(f"{w.dir}/{name}.o") for name in ("one", "two", "main")) \
            + w.tool(w.dir + "/linked", status=None)
    return run


def compile_cc(compiler):
    def run(w):
        w.write("t.cc", TEMPLATES)
        said = w.run(compiler, "-O1", "-std=c++17", "-o", "t", "t.cc")
        return said + digest(w.dir + "/t") + w.run(w.dir + "/t")
    return run


def build_by_make(w):
    """A tree of small files by make -j2, with an archive: many short compilers."""
    for i in range(24):
        w.write(f"part{i}.c", functions(i * 10, i * 10 + 10))
    w.write("main.c", main_of(240))
    w.write("Makefile", "o = $(patsubst %.c,%.o,$(wildcard *.c))\nall: main.o lib.a\n\tgcc -o all main.o lib.a\n"
            "lib.a: $(filter part%,$o)\n\tar rcsD $@ $(sort $^)\n%.o: %.c\n\t@gcc -O1 -c $< -o $@\n")
    said = w.run("make", "-j2", "all", status=0)
    return "\n".join(sorted(said.splitlines())) + digest(w.dir + "/lib.a") + w.tool(w.dir + "/all", status=None)


ROWS = [Row("gcc", compile_c("gcc")), Row("g++", compile_cc("g++")), Row("clang", compile_c("clang")),
        Row("clang++", compile_cc("clang++")), Row("make", build_by_make)]
