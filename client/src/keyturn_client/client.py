"""The clients that programs use: one that waits for the network, one for asyncio."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

import httpx

from keyturn_client import fingerprint
from keyturn_client.keys import PublicKeys
from keyturn_client.results import Farewell, Verdict
from keyturn_client.retry import Retry
from keyturn_client.session import Failed, Flow, Options, Reply, Send, Session, T
from keyturn_client.state import State, default_folder


class Tuning(TypedDict, total=False):
    """What may be set besides; `session.Options` says what it means, and what it is by default."""

    cache: timedelta
    grace: timedelta
    timeout: float
    retry: Retry
    offline_file: Path | None
    environment: str
    now: Callable[[], datetime]


class _Base:
    """What both clients share."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        product: str,
        public_keys: PublicKeys,
        app: str,
        identifier: str,
        state_folder: Path | None,
        tuning: Tuning,
    ) -> None:
        folder = state_folder or default_folder(app)
        self._options = Options(
            url=url,
            api_key=api_key,
            product=product,
            public_keys=public_keys,
            identifier=identifier or fingerprint.device(app, folder),
            state=State(folder),
            **tuning,
        )
        self._session = Session(self._options)

    @property
    def identifier(self) -> str:
        """What the server knows this device by."""
        return self._options.identifier


class Client(_Base):
    """Verifies, activates and deactivates. Safe to share between threads; closes with `with` or `close`.

    `url`, `api_key`, `product`, `public_keys`: see `session.Options`. `app`: a name that is yours alone,
    such as com.example.editor; the fingerprint and the folder of the state follow from it. `identifier`:
    what tells this device from others, in place of the fingerprint; web software gives its host name.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        product: str,
        public_keys: PublicKeys,
        app: str,
        identifier: str = "",
        state_folder: Path | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] = time.sleep,
        **tuning: Unpack[Tuning],
    ) -> None:
        super().__init__(
            url,
            api_key=api_key,
            product=product,
            public_keys=public_keys,
            app=app,
            identifier=identifier,
            state_folder=state_folder,
            tuning=tuning,
        )
        self._http = httpx.Client(transport=transport)
        self._sleep = sleep

    def verify(self, license_key: str, *, fresh: bool = False) -> Verdict:
        """Whether this device may use the license. `fresh`: ask the server even if the cache knows."""
        return self._run(self._session.verify(license_key, fresh=fresh))

    def activate(self, license_key: str, **details: Any) -> Verdict:
        """Take a seat of the license for this device. `details` for the customer's list of devices, such as os, name.

        Code 300: taken now, 301: this device had one already.
        """
        return self._run(self._session.activate(license_key, details))

    def deactivate(self, license_key: str) -> Farewell:
        """Give the seat of this device back."""
        return self._run(self._session.deactivate(license_key))

    def _run(self, flow: Flow[T]) -> T:
        reply: Reply | Failed | None = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Send):
                reply = self._send(step)
            else:
                self._sleep(step.seconds)
                reply = None

    def _send(self, step: Send) -> Reply | Failed:
        try:
            answer = self._http.post(step.url, headers=dict(step.headers), content=step.content, timeout=step.timeout)
        except httpx.HTTPError as error:
            return Failed(_reason(error))
        return Reply(answer.status_code, answer.headers, answer.content)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(_Base):
    """The same for asyncio."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        product: str,
        public_keys: PublicKeys,
        app: str,
        identifier: str = "",
        state_folder: Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        **tuning: Unpack[Tuning],
    ) -> None:
        super().__init__(
            url,
            api_key=api_key,
            product=product,
            public_keys=public_keys,
            app=app,
            identifier=identifier,
            state_folder=state_folder,
            tuning=tuning,
        )
        self._http = httpx.AsyncClient(transport=transport)
        self._sleep = sleep

    async def verify(self, license_key: str, *, fresh: bool = False) -> Verdict:
        """As `Client.verify`."""
        return await self._run(self._session.verify(license_key, fresh=fresh))

    async def activate(self, license_key: str, **details: Any) -> Verdict:
        """As `Client.activate`."""
        return await self._run(self._session.activate(license_key, details))

    async def deactivate(self, license_key: str) -> Farewell:
        """As `Client.deactivate`."""
        return await self._run(self._session.deactivate(license_key))

    async def _run(self, flow: Flow[T]) -> T:
        reply: Reply | Failed | None = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Send):
                reply = await self._send(step)
            else:
                await self._sleep(step.seconds)
                reply = None

    async def _send(self, step: Send) -> Reply | Failed:
        try:
            answer = await self._http.post(
                step.url, headers=dict(step.headers), content=step.content, timeout=step.timeout
            )
        except httpx.HTTPError as error:
            return Failed(_reason(error))
        return Reply(answer.status_code, answer.headers, answer.content)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _reason(error: httpx.HTTPError) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
