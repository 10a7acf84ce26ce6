"""Which frames count as the user's own, and how runs of library frames are summed up."""

from __future__ import annotations

import pytest

from tui.core.tracebacks.model import Frame
from tui.core.tracebacks.owncode import is_own, package_of, runs


@pytest.mark.parametrize(
    ("language", "file", "function", "own"),
    [
        ("python", "/srv/app/main.py", "run", True),
        ("python", "/srv/lib/python/main.py", "run", True),
        ("python", "/usr/lib/python3.11/json/decoder.py", "decode", False),
        ("python", "/opt/venv/lib/python3.12/site-packages/httpx/_client.py", "send", False),
        ("python", "/usr/lib/python3/dist-packages/yaml/loader.py", "load", False),
        ("python", "<frozen importlib._bootstrap>", "_find", False),
        ("python", "<stdin>", "<module>", True),
        ("javascript", "/srv/app/src/index.js", "main", True),
        ("javascript", "/srv/app/node_modules/express/lib/router.js", "next", False),
        ("javascript", "node:internal/modules/cjs/loader", "load", False),
        ("go", "/srv/gate/main.go", "main.main", True),
        ("go", "/usr/local/go/src/runtime/panic.go", "panic", False),
        ("go", "/home/ana/go/pkg/mod/github.com/gin-gonic/gin@v1.9.0/context.go", "Next", False),
        ("rust", "src/lamp.rs", "lamp::main", True),
        ("rust", "/rustc/59807616e1/library/core/src/panicking.rs", "panic", False),
        ("rust", "/home/ana/.cargo/registry/src/index-1/tokio-1.2.0/src/task.rs", "poll", False),
        ("java", "Till.java", "com.shop.Till.open", True),
        ("java", "Long.java", "java.base/java.lang.Long.parseLong", False),
        ("java", "Bean.java", "org.springframework.beans.Bean.create", False),
        ("csharp", "/src/Door.cs", "Door.Unlock", True),
        ("csharp", None, "System.Threading.Tasks.Task.Execute", False),
        ("ruby", "app/queue.rb", "fetch", True),
        ("ruby", "/usr/lib/ruby/gems/3.1.0/gems/rack-2.2.4/lib/rack.rb", "call", False),
        ("php", "/srv/invoice.php", "feed", True),
        ("php", "/srv/vendor/symfony/console/Application.php", "run", False),
        ("elixir", "lib/mail.ex", "Mail.run/1", True),
        ("elixir", "lib/enum.ex", "Enum.each/2", False),
        ("native", "/srv/coin.c", "main", True),
        ("native", "../csu/libc-start.c", "__libc_start_main_impl", False),
        ("tcl", "anything", "f", True),
    ],
)
def test_places_of_libraries_are_not_own(language: str, file: str | None, function: str, own: bool) -> None:
    assert is_own(file, (), language, function) is own


def test_given_roots_decide_alone() -> None:
    roots = ("/srv/app", "com.shop")
    assert is_own("/srv/app/x.py", roots)
    assert is_own("/srv/app/node_modules/x.js", roots, "javascript")
    assert not is_own("/srv/application/x.py", roots)
    assert not is_own("/home/ana/y.py", roots)
    assert is_own("Till.java", roots, "java", "com.shop.Till.open")
    assert not is_own("Till.java", roots, "java", "com.shopping.Till.open")
    assert not is_own(None, roots)


def test_runs_of_library_frames_name_their_packages() -> None:
    site = "/opt/venv/lib/python3.12/site-packages"
    frames = [
        Frame("/srv/app/main.py", 3, "run"),
        Frame(f"{site}/httpx/_client.py", 10, "send"),
        Frame(f"{site}/httpx/_transports.py", 11, "handle"),
        Frame(f"{site}/anyio/_core.py", 12, "read"),
        Frame("/srv/app/retry.py", 5, "again"),
    ]
    first, library, last = runs(frames)
    assert (first.is_own, library.is_own, last.is_own) == (True, False, True)
    assert library.packages == ("httpx", "anyio")
    assert library.summary == "3 frames in httpx, anyio"
    assert first.summary == "1 frame"


@pytest.mark.parametrize(
    ("language", "file", "function", "package"),
    [
        ("python", "/usr/lib/python3.11/json/decoder.py", "decode", "json"),
        ("python", "/opt/venv/lib/python3.12/site-packages/six.py", "f", "six"),
        ("javascript", "/srv/node_modules/@nestjs/core/router.js", "f", "@nestjs/core"),
        ("javascript", "node:internal/timers", "f", "node"),
        ("go", "/home/ana/go/pkg/mod/github.com/gin-gonic/gin@v1.9.0/context.go", "f", "gin"),
        ("rust", "/home/ana/.cargo/registry/src/index-1/tokio-1.2.0/src/task.rs", "f", "tokio"),
        ("java", "Long.java", "java.base/java.lang.Long.parseLong", "java.lang"),
        ("ruby", "/usr/lib/ruby/gems/3.1.0/gems/rack-2.2.4/lib/rack.rb", "call", "rack"),
        ("php", "/srv/vendor/symfony/console/Application.php", "run", "symfony/console"),
        ("python", "/srv/app/main.py", "run", None),
    ],
)
def test_packages_are_read_from_paths(language: str, file: str, function: str, package: str | None) -> None:
    assert package_of(Frame(file, 1, function), language) == package


def test_code_that_was_given_as_text_is_the_programs_own() -> None:
    assert is_own("<string>")
    assert is_own("<stdin>")
    assert not is_own("<frozen runpy>")
    assert not is_own("<__array_function__ internals>")
