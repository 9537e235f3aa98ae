"""``image-build/keys``: makes what updates are signed with, in a folder outside the clone."""

from __future__ import annotations

import sys
from pathlib import Path

from earmark_image.recipe import CLONE
from earmark_image.release_keys import make_release_keys
from earmark_image.running import BuildFailed


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    try:
        if folder.is_relative_to(CLONE.resolve()):
            raise BuildFailed(f"{folder} is in the clone, where it may be published: name another folder.")
        keys = make_release_keys(folder)
    except BuildFailed as error:
        print(f"image-build: {error}", file=sys.stderr)
        return 1
    print(f"{keys.authority} goes into images; {keys.key} signs updates. Take {keys.authority_key} away to a safe.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
