"""Stage two: publishers and subscribers come and go while messages flow through a proxy.

How can such an account be exact, when a publisher drops what nobody has subscribed to yet? Each publisher
numbers the messages of each topic without a gap. Call what one subscriber gets from one publisher on one
topic a *stream*.

* The stream begins with the first message received: it proves, end to end, that the subscription is in force.
* Before either of the two leaves, the publisher sends a *mark* on that topic, addressed to the subscriber. It travels
  the same way, behind everything sent before, and says what the next number would have been. The stream ends
  there. * Every number from the beginning to the mark must have been received, exactly once and in order.
"""
