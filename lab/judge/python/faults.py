"""Chapter 4: a fault has a code; everything else about it is in contracts.json."""


class Fault(Exception):
    def __init__(self, code, detail=""):
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def malformed(detail=""):
    return Fault("malformed", detail)


def too_large(detail=""):
    return Fault("tooLarge", detail)
