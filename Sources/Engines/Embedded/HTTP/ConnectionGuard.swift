import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// What Hummingbird leaves to us of a connection's end.
///
/// - A client that stops reading is cut off: its answer makes no progress for `idle`.
/// - A connection whose answer says `Connection: close` is closed once the answer is sent and the request has ended. A
///   request that goes on has so many bytes left, since closing at once could throw away the answer before it is read.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let afterAnswer = 32 << 20

    private let idle: TimeAmount
    private var writing = 0
    private var timer: Scheduled<Void>?
    private var progress = NIODeadline.now()
    private var requestEnded = true
    private var closing = false
    private var answered = false
    private var left = ConnectionGuard.afterAnswer

    init(idle: TimeAmount) { self.idle = idle }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            requestEnded = false
            // Nothing is asked on a connection that is about to end.
            if answered { return context.close(promise: nil) }
        case .body(let buffer):
            guard answered else { break }
            left -= buffer.readableBytes
            if left < 0 { return context.close(promise: nil) }
        case .end:
            requestEnded = true
            if answered { return context.close(promise: nil) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        if case .head(let head) = part { closing = head.headerFields[.connection]?.lowercased() == "close" }
        let isEnd = if case .end = part { closing } else { false }
        let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        writing += 1
        if writing == 1 { progress = .now() }
        promise.futureResult.whenComplete { _ in
            let (handler, context) = bound.value
            handler.wrote(isEnd: isEnd, context)
        }
        schedule(context)
        context.write(data, promise: promise)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    private func wrote(isEnd: Bool, _ context: ChannelHandlerContext) {
        writing -= 1
        progress = .now()
        guard isEnd else { return }
        answered = true
        if requestEnded { context.close(promise: nil) }
    }

    private func schedule(_ context: ChannelHandlerContext) {
        guard timer == nil, context.channel.isActive else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: progress + idle) {
            let (handler, context) = bound.value
            handler.timer = nil
            guard handler.writing > 0 else { return }
            if NIODeadline.now() >= handler.progress + handler.idle {
                context.close(promise: nil)
            } else {
                handler.schedule(context)
            }
        }
    }
}
