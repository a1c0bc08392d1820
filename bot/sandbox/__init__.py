"""A simulated Zalo with a chat page, for a machine without a Zalo account.

Stands where Zalo stands: the bot reaches it by base address over HTTP, and gets its webhooks from it, signed. Nothing
on a message's way knows that it is there.
"""

from bot.sandbox.server import SANDBOX_SUPERVISORS, SANDBOX_TECHNICIANS, redirect_to_page, sandbox_app

__all__ = ["SANDBOX_SUPERVISORS", "SANDBOX_TECHNICIANS", "redirect_to_page", "sandbox_app"]
